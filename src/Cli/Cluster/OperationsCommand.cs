using System.CommandLine;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Client;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Cli.Cluster;

/// <summary>Changes that take time: drains and moves.</summary>
internal static class OperationsCommand
{
    public static Command Create(CommandRunner runner) =>
        new("operations", "Changes that take time: list, get, wait, cancel.")
        {
            List(runner),
            Get(runner),
            Wait(runner),
            Cancel(runner),
        };

    private static Argument<string> Name() => new("OPERATION") { Description = "As op-7." };

    private static Command List(CommandRunner runner) => runner.Runs(
        new Command("list", "Running and recent operations, newest first."),
        async (session, cancellation) =>
        {
            ListOperationsResponse response = await session.Client.Admin.ListOperationsAsync(cancellation)
                .ConfigureAwait(false);
            session.Print(response, terminal => Write(terminal, response, session.Time.GetUtcNow()));
        });

    private static Command Get(CommandRunner runner)
    {
        Argument<string> name = Name();
        return runner.Runs(
            new Command("get", "One operation with its moves.") { name },
            async (session, cancellation) =>
            {
                GetOperationResponse response = await session.Client.Admin
                    .GetOperationAsync(session.Arguments.GetRequiredValue(name), cancellation).ConfigureAwait(false);
                session.Print(response.Operation, terminal => Write(terminal, response.Operation));
            });
    }

    private static Command Wait(CommandRunner runner)
    {
        Argument<string> name = Name();
        Option<int> timeout = FollowOptions.TimeoutOption();
        return runner.Runs(
            new Command("wait", "Shows progress and comes back when the operation is over.") { name, timeout },
            (session, cancellation) => OperationView.FollowAsync(
                session,
                session.Arguments.GetRequiredValue(name),
                session.Arguments.GetValue(timeout),
                cancellation));
    }

    private static Command Cancel(CommandRunner runner)
    {
        Argument<string> name = Name();
        return runner.Runs(
            new Command("cancel", "Ends an operation; what has been moved stays where it is.") { name },
            async (session, cancellation) =>
            {
                CancelOperationResponse response = await session.Client.Admin
                    .CancelOperationAsync(session.Arguments.GetRequiredValue(name), cancellation)
                    .ConfigureAwait(false);
                session.Print(
                    response.Operation, terminal => terminal.Out.WriteLine(OperationView.Line(response.Operation)));
            });
    }

    private static void Write(Terminal terminal, ListOperationsResponse response, DateTimeOffset now)
    {
        var table = new TextTable("OPERATION", "WHAT", "TARGET", "PHASE", ">MOVES", ">AGE", "NOTE");
        foreach (Operation one in response.Operations)
        {
            table.Add(
                ResourceNames.Short(one.Name),
                Humane.Word(one.Metadata.Verb),
                OperationView.Target(one.Metadata),
                new Cell(Humane.Word(one.Metadata.Phase), ToneOf(one.Metadata.Phase)),
                OperationView.Steps(one),
                Humane.Age(one.Metadata.StartTime, now),
                one.Metadata.Note);
        }

        table.WriteTo(
            terminal, "no operations: `millrace workers drain WORKER` and `millrace partitions move` make some");
    }

    private static void Write(Terminal terminal, Operation operation)
    {
        terminal.Out.WriteLine(OperationView.Line(operation));
        var table = new TextTable("ASSIGNMENT", "FROM", "TO", "STATE", "WHY");
        foreach (ChangeItem item in operation.Metadata.Items)
        {
            table.Add(
                item.Assignment,
                ResourceNames.Short(item.FromWorker),
                ResourceNames.Short(item.ToWorker),
                Humane.Word(item.State),
                item.Reason);
        }

        table.WriteTo(terminal, "no moves yet");
    }

    private static Tone ToneOf(OperationPhase phase) => phase switch
    {
        OperationPhase.Succeeded => Tone.Good,
        OperationPhase.Failed => Tone.Bad,
        _ => Tone.Warning,
    };
}
