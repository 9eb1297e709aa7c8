using Millrace.Common.Model;

namespace Millrace.Worker.Core.Verdicts;

/// <summary>An event at which a task stands still until there is a verdict on it.</summary>
/// <param name="Reason">For people; short.</param>
/// <param name="Entry">The whole entry as it was published; empty when it is larger than
/// <see cref="BadEventBounds.MaxEntryBytes"/>.</param>
internal sealed record PoisonedEvent(ulong Offset, string Reason, bool KeyIsParked, byte[] Key, byte[] Entry);
