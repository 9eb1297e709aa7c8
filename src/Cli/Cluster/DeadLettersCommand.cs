using System.CommandLine;
using Google.Protobuf;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Client;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Cli.Cluster;

/// <summary>Events that jobs could not apply.</summary>
internal static class DeadLettersCommand
{
    public static Command Create(CommandRunner runner) => new(
        "dead-letters", "Events that jobs could not apply: list, show, retry, discard, release.")
    {
        List(runner),
        Show(runner),
        Each(
            runner,
            "retry",
            "Publishes dead letters again, as new events; parked keys of theirs are released first.",
            "stored again",
            async (client, letter, cancellation) =>
                await client.RetryAsync(letter, cancellation).ConfigureAwait(false)),
        Each(
            runner,
            "discard",
            "Gives dead letters up.",
            "given up",
            async (client, letter, cancellation) =>
                await client.DiscardAsync(letter, cancellation).ConfigureAwait(false)),
        Release(runner),
    };

    private static Command List(CommandRunner runner)
    {
        Option<string> job = JobOption("Only those of this job.");
        return runner.Runs(
            new Command("list", "Dead letters, oldest first.") { job },
            async (session, cancellation) =>
            {
                ListDeadLettersResponse response = await session.Client.DeadLetters
                    .ListAsync(session.Arguments.GetValue(job) ?? "", cancellation).ConfigureAwait(false);
                session.Print(response, terminal => Write(terminal, response, session.Time.GetUtcNow()));
            });
    }

    private static Command Show(CommandRunner runner)
    {
        var letter = new Argument<string>("LETTER") { Description = "Its number." };
        return runner.Runs(
            new Command("show", "One dead letter with its event.") { letter },
            async (session, cancellation) =>
            {
                GetDeadLetterResponse response = await session.Client.DeadLetters
                    .GetAsync(session.Arguments.GetRequiredValue(letter), cancellation).ConfigureAwait(false);
                session.Print(response, terminal => Write(terminal, response));
            });
    }

    private static Command Each(
        CommandRunner runner,
        string verb,
        string description,
        string done,
        Func<DeadLetterClient, string, CancellationToken, Task<IMessage>> act)
    {
        var letters = new Argument<string[]>("LETTER")
        {
            Description = "Their numbers.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        Option<string> job = JobOption("All of this job, oldest first.");
        return runner.Runs(
            new Command(verb, description) { letters, job },
            async (session, cancellation) =>
            {
                DeadLetterClient client = session.Client.DeadLetters;
                IEnumerable<string> chosen = session.Arguments.GetValue(letters) ?? [];
                if (session.Arguments.GetValue(job) is { } all)
                {
                    ListDeadLettersResponse kept = await client.ListAsync(all, cancellation).ConfigureAwait(false);
                    chosen = chosen.Concat(kept.DeadLetters.Select(l => ResourceNames.Short(l.Name)));
                }

                foreach (string letter in chosen.Distinct().ToArray())
                {
                    IMessage response = await act(client, letter, cancellation).ConfigureAwait(false);
                    session.PrintLine(response, () => $"dead letter {ResourceNames.Short(letter)} is {done}");
                }
            });
    }

    private static Command Release(CommandRunner runner)
    {
        var job = new Argument<string>("JOB") { Description = "The job." };
        var key = new Argument<string>("KEY") { Description = "The key; 0x and hexadecimal digits if it is not text." };
        return runner.Runs(
            new Command("release", "Has a job apply events of a parked key again.") { job, key },
            async (session, cancellation) =>
            {
                ByteString named = KeyArgument.Read("KEY", session.Arguments.GetRequiredValue(key));
                ReleaseKeyResponse response = await session.Client.DeadLetters.ReleaseKeyAsync(
                    session.Arguments.GetRequiredValue(job),
                    named.Memory,
                    cancellation).ConfigureAwait(false);
                session.Print(response, terminal => terminal.Out.WriteLine(
                    $"events of key {KeyArgument.Shown(named)} are applied again from now on"));
            });
    }

    private static Option<string> JobOption(string description) =>
        new("--job", "-j") { Description = description, HelpName = "JOB" };

    private static void Write(Terminal terminal, ListDeadLettersResponse response, DateTimeOffset now)
    {
        var table = new TextTable("LETTER", "JOB", "TOPIC", ">PARTITION", ">OFFSET", "KEY", ">AGE", "WHY");
        foreach (DeadLetter one in response.DeadLetters)
        {
            table.Add(
                ResourceNames.Short(one.Name),
                ResourceNames.Short(one.Job),
                ResourceNames.Short(one.Topic),
                one.PartitionIndex.ToString(),
                one.Offset.ToString(),
                new Cell(KeyArgument.Shown(one.Key), one.KeyIsParked ? Tone.Warning : Tone.Plain),
                Humane.Age(one.CreateTime, now),
                one.Reason);
        }

        table.WriteTo(terminal, "no dead letters");
    }

    private static void Write(Terminal terminal, GetDeadLetterResponse response)
    {
        DeadLetter letter = response.DeadLetter;
        terminal.Out.WriteLine(
            $"dead letter {ResourceNames.Short(letter.Name)} of job {ResourceNames.Short(letter.Job)}: "
            + $"{ResourceNames.Short(letter.Topic)}, partition {letter.PartitionIndex}, offset {letter.Offset}");
        terminal.Out.WriteLine($"why    {letter.Reason}");
        string parked = letter.KeyIsParked ? " (parked)" : "";
        terminal.Out.WriteLine($"key    {KeyArgument.Shown(letter.Key)}{parked}");
        terminal.Out.WriteLine($"value  {TextTable.Shown(response.Value.ToStringUtf8())}");
    }
}
