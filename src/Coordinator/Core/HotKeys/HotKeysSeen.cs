using Millrace.Common.Model;

namespace Millrace.Coordinator.Core.HotKeys;

/// <summary>The keys that occur often now, of all topics; replaces what was said before. Said every few seconds where
/// events are taken.</summary>
internal sealed record HotKeysSeen(IReadOnlyList<SeenKey> Keys) : Input;

/// <param name="Share">Of its topic's events, 0 to 1.</param>
internal sealed record SeenKey(TopicId Topic, byte[] Key, double Share);
