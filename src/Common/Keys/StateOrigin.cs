using Millrace.Common.Model;

namespace Millrace.Common.Keys;

/// <summary>The part of another task's snapshot with which a task starts.</summary>
/// <param name="KeyGroups">As the snapshot counts them.</param>
/// <param name="Share">Which keys of those; null: all.</param>
public sealed record StateOrigin(string SnapshotId, KeyGroupRange KeyGroups, KeyShare? Share = null);
