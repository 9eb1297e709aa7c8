using System.CommandLine;
using Millrace.Cli.Running;
using Millrace.Client;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Cli.Cluster;

/// <summary>Where operators want partitions: move, pin, unpin.</summary>
internal static class PartitionMoves
{
    public static Command Move(CommandRunner runner)
    {
        var name = new AssignmentName();
        var target = new Argument<string>("WORKER") { Description = "Where it is to go." };
        var epoch = new Option<ulong>("--epoch")
        {
            Description = "Only if this is its epoch now; 0: any.",
            DefaultValueFactory = _ => 0,
            HelpName = "EPOCH",
        };
        var pin = new Option<bool>("--pin") { Description = "Pin it there afterwards." };
        Option<string> note = WorkerOrders.Note();
        var follow = new FollowOptions();
        return runner.Runs(
            new Command("move", "Moves a partition to a worker, which copies its state first and then takes over.")
            {
                name.Job, name.Part, target, epoch, pin, follow.Wait, follow.Timeout, note,
            },
            async (session, cancellation) =>
            {
                Assignment assignment = await name.FindAsync(session, cancellation).ConfigureAwait(false);
                MoveAssignmentResponse response = await session.Client.Admin.MoveAssignmentAsync(
                    new MoveAssignmentRequest
                    {
                        Name = assignment.Name,
                        ToWorker = session.Arguments.GetRequiredValue(target),
                        ExpectedEpoch = session.Arguments.GetValue(epoch),
                        PinAfterMove = session.Arguments.GetValue(pin),
                        Note = session.Arguments.GetValue(note) ?? "",
                    },
                    cancellation).ConfigureAwait(false);
                return await follow.ReportAsync(session, response.Operation, cancellation).ConfigureAwait(false);
            });
    }

    public static Command Pin(CommandRunner runner)
    {
        var name = new AssignmentName();
        Option<string> worker = Text("--worker", "There while that worker may get partitions.", "WORKER");
        Option<string> labels = Text("--labels", "Only on workers with all of these labels.", "zone=a,disk=ssd");
        Option<string> note = WorkerOrders.Note();
        return runner.Runs(
            new Command("pin", "Binds a partition's next placements to a worker or to labels. Moves nothing by itself.")
            {
                name.Job, name.Part, worker, labels, note,
            },
            async (session, cancellation) =>
            {
                Assignment assignment = await name.FindAsync(session, cancellation).ConfigureAwait(false);
                string named = session.Arguments.GetValue(worker) ?? "";
                PinAssignmentResponse response = await session.Client.Admin.PinAssignmentAsync(
                    assignment.Name,
                    new Pin
                    {
                        Worker = named.Length == 0 ? "" : ResourceNames.Worker(named),
                        LabelSelector = session.Arguments.GetValue(labels) ?? "",
                        Note = session.Arguments.GetValue(note) ?? "",
                    },
                    cancellation).ConfigureAwait(false);
                Print(session, response.Assignment, "is pinned");
            });
    }

    public static Command Unpin(CommandRunner runner)
    {
        var name = new AssignmentName();
        return runner.Runs(
            new Command("unpin", "Lets a partition be placed anywhere again.") { name.Job, name.Part },
            async (session, cancellation) =>
            {
                Assignment assignment = await name.FindAsync(session, cancellation).ConfigureAwait(false);
                UnpinAssignmentResponse response = await session.Client.Admin
                    .UnpinAssignmentAsync(assignment.Name, cancellation).ConfigureAwait(false);
                Print(session, response.Assignment, "is not pinned any more");
            });
    }

    private static void Print(Session session, Assignment assignment, string what) => session.Print(
        assignment,
        terminal => terminal.Out.WriteLine(
            $"{ResourceNames.Short(assignment.Job)} p{assignment.PartitionIndex} {what}; it is on "
            + (assignment.Worker.Length == 0 ? "no worker" : ResourceNames.Short(assignment.Worker))));

    private static Option<string> Text(string name, string description, string help) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => "",
        HelpName = help,
    };
}
