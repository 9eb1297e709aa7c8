using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Worker.Core.Operators;

namespace Millrace.Worker.Core.Tasks;

/// <summary>What the coordinator says when it gives a task to this worker.</summary>
/// <param name="KeyGroups">The key groups of its partition, of <paramref name="KeyGroupCount"/>.</param>
internal sealed record TaskGrant(
    TaskId Task,
    Epoch Epoch,
    string Operator,
    KeyGroupRange KeyGroups,
    int KeyGroupCount,
    RestorePoint Restore)
{
    /// <summary>The worker holds the task under this epoch already and goes on with the state that it has.</summary>
    public bool Confirmed { get; init; }

    /// <summary>How a key's group follows from its bytes.</summary>
    public KeyFunction KeyFunction { get; init; } = KeyFunction.Xxh64;

    /// <summary>Only a copy: it follows the owner, and neither commits nor answers until it takes over.</summary>
    public bool Warm { get; init; }

    /// <summary>Of a copy: it takes over when the owner is lost, which may be never.</summary>
    public bool Standby { get; init; }

    /// <summary>Where to start when the snapshot of <see cref="Restore"/> turns out to be unreadable: the same state is
    /// reached by a longer replay. Null: there is no such point.</summary>
    public RestorePoint? Older { get; init; }

    /// <summary>The state that goes with <see cref="Restore"/> or <see cref="Older"/> when it names no
    /// snapshot.</summary>
    public IReadOnlyList<StateOrigin> Origins { get; init; } = [];

    /// <summary>The verdicts on events that it will meet, and the keys that are parked.</summary>
    public VerdictList Verdicts { get; init; } = VerdictList.None;

    /// <summary>Events are applied by leave.</summary>
    public bool Careful { get; init; }

    /// <summary>Offset at which the sealed partition ends; null: it is open.</summary>
    public ulong? EndOffset { get; init; }

    public string Job { get; init; } = "";

    public string Stage { get; init; } = "";

    public string Topic { get; init; } = "";

    public int PartitionIndex { get; init; }

    public OperatorContext ToContext() => new(KeyGroups, KeyGroupCount, KeyFunction);
}
