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
        var table = new TextTable("WORKER", "STATE", ">BEAT", ">LEASE", ">PARTS", ">CPU", ">MEMORY", "SDK", ">SINCE");
        foreach (WorkerMessage worker in response.Workers.OrderBy(w => w.Name, StringComparer.Ordinal))
        {
            table.Add(
                ResourceNames.Short(worker.Name),
                new Cell(Humane.Word(worker.State), ToneOf(worker.State)),
                Humane.Span(worker.HeartbeatAge),
                Humane.Span(worker.LeaseRemaining),
                worker.AssignmentCount.ToString(),
                Humane.Percent(worker.CpuRatio),
                Humane.Bytes(worker.MemoryBytes),
                worker.Sdk,
                Humane.Age(worker.StateTime, now));
        }

        table.WriteTo(terminal, "no workers: `millrace dev`, or start one with `millrace worker`");
    }

    private static Tone ToneOf(WorkerState state) => state switch
    {
        WorkerState.Alive => Tone.Good,
        WorkerState.Suspect => Tone.Warning,
        WorkerState.Lost => Tone.Bad,
        _ => Tone.Plain,
    };
}
