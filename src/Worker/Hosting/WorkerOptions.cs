using System.Text;
using Millrace.Common.Hosting;
using Millrace.Common.Model;

namespace Millrace.Worker.Hosting;

/// <summary>What a worker is told at its start.</summary>
/// <param name="Coordinator">An address, or the path of an endpoints file or of the directory that holds it.</param>
/// <param name="RunLoops">Threads that apply events.</param>
/// <param name="MaxAssignments">The most tasks that the worker takes; 0: no limit of its own.</param>
internal sealed record WorkerOptions(string Name, string Coordinator, int RunLoops, int MaxAssignments)
{
    /// <summary>A process beside the worker watches it.</summary>
    public bool HasSpy { get; init; }

    /// <summary>This life; 0: one that is made up.</summary>
    public ulong Incarnation { get; init; }

    /// <summary>What placement may go by.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>What each event is made to take beside its own work; zero outside of tests and benches.</summary>
    public TimeSpan CostPerEvent { get; init; }

    /// <summary>The most snapshots in a row that hold only what has changed.</summary>
    public int SnapshotLinks { get; init; }

    public static WorkerOptions From(Settings settings)
    {
        string name = settings.Get(WorkerSettings.Name);
        int loops = settings.Get(WorkerSettings.RunLoops);
        return new WorkerOptions(
            name.Length > 0 ? name : DefaultName(Environment.MachineName, Environment.ProcessId),
            settings.Get(WorkerSettings.Coordinator),
            loops > 0 ? loops : Environment.ProcessorCount,
            settings.Get(WorkerSettings.MaxAssignments))
        {
            HasSpy = settings.Get(WorkerSettings.Spy) == Switch.On,
            Labels = Common.Model.Labels.Parse(settings.Get(WorkerSettings.WorkerLabels))
                ?? throw new InvalidOperationException("Labels that the settings have accepted do not parse."),
            CostPerEvent = settings.Get(WorkerSettings.CostPerEvent),
            SnapshotLinks = settings.Get(WorkerSettings.SnapshotLinks),
        };
    }

    /// <summary>A valid name whatever the machine is called.</summary>
    public static string DefaultName(string machine, int process)
    {
        string suffix = $"-{process}";
        var name = new StringBuilder();
        foreach (char c in machine.ToLowerInvariant())
        {
            if (name.Length + suffix.Length < Names.MaxLength)
            {
                name.Append(c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '.' or '_' or '-' ? c : '-');
            }
        }

        return (name.Length == 0 ? "worker" : name.ToString()) + suffix;
    }
}
