namespace Millrace.Worker.Core.State;

/// <summary>A key and how often it occurred, taken out of a table.</summary>
internal readonly record struct KeyCount(byte[] Key, ulong Count);
