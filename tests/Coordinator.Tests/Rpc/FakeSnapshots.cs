using Millrace.Common.Model;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Tests.Rpc;

/// <summary>A store that knows only which names are durable.</summary>
internal sealed class FakeSnapshots : ISnapshotStore
{
    public HashSet<SnapshotName> Durable { get; } = [];

    public bool IsDurable(SnapshotName name) => Durable.Contains(name);

    public SnapshotName? BaseOf(SnapshotName name) => null;

    public ISnapshotWriter Create(SnapshotHead head) => throw new NotSupportedException();

    public ISnapshotReader? Open(SnapshotName name) => throw new NotSupportedException();

    public void Keep(TaskId task, IReadOnlyList<string> snapshotIds) => throw new NotSupportedException();

    public void Drop(TaskId task) => throw new NotSupportedException();
}
