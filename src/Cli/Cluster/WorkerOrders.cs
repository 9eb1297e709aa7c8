using System.CommandLine;
using Millrace.Cli.Running;
using Millrace.Client;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Cli.Cluster;

/// <summary>What operators want of workers: drain, cordon, uncordon.</summary>
internal static class WorkerOrders
{
    public static Command Drain(CommandRunner runner)
    {
        Argument<string> name = Name();
        Option<string> note = Note();
        var follow = new FollowOptions();
        var moves = new Option<int>("--moves")
        {
            Description = "Moves at a time; 0: as the coordinator is set.",
            DefaultValueFactory = _ => 0,
            HelpName = "N",
        };
        var stop = new Option<bool>("--stop") { Description = "Then ask the worker to leave." };
        return runner.Runs(
            new Command("drain", "Moves all partitions away from a worker; then it is DRAINED and may leave.")
            {
                name, follow.Wait, follow.Timeout, moves, stop, note,
            },
            async (session, cancellation) =>
            {
                DrainWorkerResponse response = await session.Client.Admin.DrainWorkerAsync(
                    new DrainWorkerRequest
                    {
                        Name = session.Arguments.GetRequiredValue(name),
                        MaxConcurrentMoves = (uint)Math.Max(0, session.Arguments.GetValue(moves)),
                        StopWhenDrained = session.Arguments.GetValue(stop),
                        Note = session.Arguments.GetValue(note) ?? "",
                    },
                    cancellation).ConfigureAwait(false);
                return await follow.ReportAsync(session, response.Operation, cancellation).ConfigureAwait(false);
            });
    }

    public static Command Cordon(CommandRunner runner)
    {
        Argument<string> name = Name();
        Option<string> note = Note();
        return runner.Runs(
            new Command("cordon", "Places nothing new on a worker; what it has it keeps.") { name, note },
            async (session, cancellation) =>
            {
                CordonWorkerResponse response = await session.Client.Admin.CordonWorkerAsync(
                    session.Arguments.GetRequiredValue(name),
                    session.Arguments.GetValue(note) ?? "",
                    cancellation).ConfigureAwait(false);
                session.Print(response.Worker, terminal => terminal.Out.WriteLine(
                    $"{ResourceNames.Short(response.Worker.Name)} is {WorkersCommand.StateOf(response.Worker)} and "
                    + $"keeps its {response.Worker.AssignmentCount} partitions"));
            });
    }

    public static Command Uncordon(CommandRunner runner)
    {
        Argument<string> name = Name();
        return runner.Runs(
            new Command("uncordon", "Lets a worker have partitions again; also ends a quarantine.") { name },
            async (session, cancellation) =>
            {
                UncordonWorkerResponse response = await session.Client.Admin
                    .UncordonWorkerAsync(session.Arguments.GetRequiredValue(name), cancellation)
                    .ConfigureAwait(false);
                session.Print(response.Worker, terminal => terminal.Out.WriteLine(
                    $"{ResourceNames.Short(response.Worker.Name)} may get partitions again"));
            });
    }

    public static Option<string> Note() => new("--note")
    {
        Description = "Why, for other operators.",
        DefaultValueFactory = _ => "",
        HelpName = "TEXT",
    };

    private static Argument<string> Name() => new("WORKER") { Description = "The worker's name." };
}
