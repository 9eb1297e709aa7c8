namespace Millrace.Worker.Core.State;

/// <summary>The last sequence that a task has produced for a topic.</summary>
internal readonly record struct OutputMark(string Topic, ulong LastSequence);
