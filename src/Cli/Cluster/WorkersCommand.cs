using System.CommandLine;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Client;
using Millrace.Protocol.Admin.V1;
using WorkerMessage = Millrace.Protocol.Admin.V1.Worker;

namespace Millrace.Cli.Cluster;

/// <summary>The workers and their health.</summary>
internal static class WorkersCommand
{
    public static Command Create(CommandRunner runner) => new("workers", "The workers and their health.")
    {
        List(runner),
        DescribeWorker.Create(runner),
        WorkerOrders.Drain(runner),
        WorkerOrders.Cordon(runner),
        WorkerOrders.Uncordon(runner),
    };

    private static Command List(CommandRunner runner) => runner.Runs(
        new Command("list", "All known workers."),
        async (session, cancellation) =>
        {
            ListWorkersResponse response =
                await session.Client.Admin.ListWorkersAsync(cancellation).ConfigureAwait(false);
            session.Print(response, terminal => Write(terminal, response, session.Time.GetUtcNow()));
        });

    private static void Write(Terminal terminal, ListWorkersResponse response, DateTimeOffset now)
    {
        var table = new TextTable(
            "WORKER", "STATE", "REASON", "PROCESS", ">BEAT", ">LEASE", ">PARTS", ">CPU", ">MEMORY", "SDK", ">SINCE",
            "LABELS");
        foreach (WorkerMessage worker in response.Workers.OrderBy(w => w.Name, StringComparer.Ordinal))
        {
            table.Add(
                ResourceNames.Short(worker.Name),
                new Cell(StateOf(worker), ToneOf(worker)),
                ReasonOf(worker),
                DescribeWorker.ProcessOf(worker),
                Humane.Span(worker.HeartbeatAge),
                Humane.Span(worker.LeaseRemaining),
                worker.AssignmentCount.ToString(),
                Humane.Percent(worker.CpuRatio),
                Humane.Bytes(worker.MemoryBytes),
                worker.Sdk,
                Humane.Age(worker.StateTime, now),
                LabelsOf(worker));
        }

        table.WriteTo(terminal, "no workers: `millrace dev`, or start one with `millrace worker`");
    }

    /// <summary>What keeps new work from a living worker says more than that it lives.</summary>
    public static string StateOf(WorkerMessage worker) => worker switch
    {
        { State: not WorkerState.Alive } => Humane.Word(worker.State),
        { Duty: > WorkerDuty.Open } => Humane.Word(worker.Duty),
        { QuarantineRemaining: not null } => "QUARANTINED",
        _ => Humane.Word(worker.State),
    };

    /// <summary>Nothing for one that is as it should be.</summary>
    private static string ReasonOf(WorkerMessage worker) =>
        worker.State == WorkerState.Alive || worker.StateReason.Length == 0 ? "-" : worker.StateReason;

    private static string LabelsOf(WorkerMessage worker) => string.Join(
        ',', worker.Labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}"));

    private static Tone ToneOf(WorkerMessage worker) => worker.State switch
    {
        WorkerState.Alive => StateOf(worker) == Humane.Word(WorkerState.Alive) ? Tone.Good : Tone.Warning,
        WorkerState.Suspect or WorkerState.Stalled => Tone.Warning,
        WorkerState.Lost => Tone.Bad,
        _ => Tone.Plain,
    };
}
