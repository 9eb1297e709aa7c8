using Millrace.Common.Model;
using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Placement;

namespace Millrace.Coordinator.Core.Membership;

/// <summary>A worker by name, through all of its lives. Live only.</summary>
internal sealed class Member(string name)
{
    public static readonly WorkerFacts NoFacts = new("", 0, [], new Dictionary<string, string>());

    public string Name { get; } = name;

    /// <summary>The present life of the process.</summary>
    public ulong Incarnation { get; set; }

    /// <summary>As an owner of tasks.</summary>
    public TaskOwner Owner => new(Name, Incarnation);

    /// <summary>The newest control stream; 0: none yet.</summary>
    public ulong Session { get; set; }

    public WorkerFacts Facts { get; set; } = NoFacts;

    /// <summary>Workers of one zone fail together; null: its labels do not name one.</summary>
    public string? Zone => Facts.Labels.GetValueOrDefault("zone");

    /// <summary>As last reported; null: no heartbeat yet.</summary>
    public WorkerLoad? Load { get; set; }

    /// <summary>Share of new work by its headroom, smoothed; 1: all free or not known.</summary>
    public double Weight { get; set; } = 1;

    /// <summary>Share of its machine's processor time in use, 0 to 1, smoothed.</summary>
    public double CpuUse { get; private set; }

    /// <summary>Share of its memory limit in use, 0 to 1, smoothed.</summary>
    public double MemoryUse { get; private set; }

    public WorkerState State { get; private set; }

    public string Reason { get; private set; } = "";

    public TimeSpan StateSince { get; private set; }

    public long StateUnixMs { get; private set; }

    /// <summary>Of all of its lives.</summary>
    public FlapHistory Flaps { get; } = new();

    /// <summary>Of this life.</summary>
    public required Vitals Vitals { get; set; }

    /// <summary>When this life joined.</summary>
    public TimeSpan JoinedAt { get; set; }

    /// <summary>It joined and has not got its share of tasks yet.</summary>
    public bool AwaitsShare { get; set; }

    /// <summary>Keeps what it owns.</summary>
    public bool Holds => State is WorkerState.Alive or WorkerState.Suspect or WorkerState.Stalled;

    /// <summary>Messages to its session may arrive.</summary>
    public bool HasStream => Holds && Session != 0 && Vitals.BrokenAt is null;

    public void Note(WorkerLoad load)
    {
        bool first = Load is null;
        Weight = WorkerWeight.Smooth(Weight, load, first);
        CpuUse = WorkerWeight.Smooth(CpuUse, WorkerWeight.CpuOf(load), first);
        MemoryUse = WorkerWeight.Smooth(MemoryUse, WorkerWeight.MemoryOf(load), first);
        Load = load;
    }

    public void Become(WorkerState state, string reason, Now now)
    {
        if (State != state)
        {
            StateSince = now.Uptime;
            StateUnixMs = now.UnixMs;
        }

        State = state;
        Reason = reason;
    }
}
