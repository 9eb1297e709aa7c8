using System.CommandLine;
using System.Globalization;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Client;
using Millrace.Protocol.Admin.V1;
using WorkerMessage = Millrace.Protocol.Admin.V1.Worker;

namespace Millrace.Cli.Cluster;

/// <summary>One worker: its state, and the evidence that it rests on.</summary>
internal static class DescribeWorker
{
    public static Command Create(CommandRunner runner)
    {
        var name = new Argument<string>("WORKER") { Description = "The worker's name." };
        return runner.Runs(
            new Command("describe", "One worker: its state, and the evidence that it rests on.") { name },
            async (session, cancellation) =>
            {
                GetWorkerResponse response = await session.Client.Admin.GetWorkerAsync(
                    session.Arguments.GetRequiredValue(name), cancellation).ConfigureAwait(false);
                session.Print(response, terminal => Write(terminal, response.Worker, session.Time.GetUtcNow()));
            });
    }

    /// <summary>What is seen of its process from beside it.</summary>
    public static string ProcessOf(WorkerMessage worker) => worker switch
    {
        { Process: WorkerProcess.Unspecified } => "-",
        { HasExitCode: true, ExitCode: > 128 } => $"{Humane.Word(worker.Process)} (signal {worker.ExitCode - 128})",
        { HasExitCode: true } => $"{Humane.Word(worker.Process)} (code {worker.ExitCode})",
        _ => Humane.Word(worker.Process),
    };

    private static void Write(Terminal terminal, WorkerMessage worker, DateTimeOffset now)
    {
        string phi = worker.Phi.ToString("0.0", CultureInfo.InvariantCulture);
        string state = $"{WorkersCommand.StateOf(worker)} ({worker.StateReason})";
        string note = worker.DutyNote.Length > 0 ? $": {worker.DutyNote}" : "";
        (string Name, string Value)[] lines =
        [
            ("worker", ResourceNames.Short(worker.Name)),
            ("state", $"{state}, since {Humane.Age(worker.StateTime, now)}"),
            ("heartbeat", $"{Humane.Span(worker.HeartbeatAge)} ago, phi {phi}"),
            ("suspect", $"after {Humane.Span(worker.SuspectAfter)} of silence"),
            ("lost", $"after {Humane.Span(worker.LostAfter)} of silence, unless its spy says that it lives"),
            ("process", $"{ProcessOf(worker)}, seen {Humane.Span(worker.ProcessAge)} ago"),
            ("lease", $"{Humane.Span(worker.LeaseRemaining)} left"),
            ("quarantine", worker.QuarantineRemaining is { } left ? $"{Humane.Span(left)} left" : "none"),
            ("duty", Humane.Word(worker.Duty) + note),
            ("partitions", Humane.Count((ulong)worker.AssignmentCount)),
            ("incarnation", worker.Incarnation.ToString(CultureInfo.InvariantCulture)),
        ];
        foreach ((string label, string value) in lines)
        {
            terminal.Out.WriteLine($"{label,-14}{value}");
        }
    }
}
