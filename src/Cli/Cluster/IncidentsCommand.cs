using System.CommandLine;
using Google.Protobuf;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Client;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Cli.Cluster;

/// <summary>What must not happen and did.</summary>
internal static class IncidentsCommand
{
    public static Command Create(CommandRunner runner) => new(
        "incidents", "What must not happen and did: list, describe, acknowledge, resolve.")
    {
        List(runner),
        Describe(runner),
        Each(
            runner,
            "acknowledge",
            "Says that somebody knows of incidents.",
            "acknowledged",
            async (client, incident, note, cancellation) =>
                await client.AcknowledgeAsync(incident, note, cancellation).ConfigureAwait(false)),
        Each(
            runner,
            "resolve",
            "Says that incidents are over.",
            "resolved",
            async (client, incident, note, cancellation) =>
                await client.ResolveAsync(incident, note, cancellation).ConfigureAwait(false)),
    };

    private static Command List(CommandRunner runner)
    {
        var all = new Option<bool>("--all", "-a") { Description = "Those that are over too." };
        return runner.Runs(
            new Command("list", "Incidents that are not over, newest first.") { all },
            async (session, cancellation) =>
            {
                ListIncidentsResponse response = await session.Client.Incidents
                    .ListAsync(!session.Arguments.GetValue(all), cancellation).ConfigureAwait(false);
                session.Print(response, terminal => Write(terminal, response, session.Time.GetUtcNow()));
            });
    }

    private static Command Describe(CommandRunner runner)
    {
        var incident = new Argument<string>("INCIDENT") { Description = "Its number." };
        return runner.Runs(
            new Command("describe", "One incident: what was seen, where, how often, and what to do.") { incident },
            async (session, cancellation) =>
            {
                GetIncidentResponse response = await session.Client.Incidents
                    .GetAsync(session.Arguments.GetRequiredValue(incident), cancellation).ConfigureAwait(false);
                session.Print(
                    response, terminal => Write(terminal, response.Incident, session.Time.GetUtcNow()));
            });
    }

    private static Command Each(
        CommandRunner runner,
        string verb,
        string description,
        string done,
        Func<IncidentClient, string, string, CancellationToken, Task<IMessage>> act)
    {
        var incidents = new Argument<string[]>("INCIDENT")
        {
            Description = "Their numbers.",
            Arity = ArgumentArity.OneOrMore,
        };
        var note = new Option<string>("--note") { Description = "Free text to keep with it.", HelpName = "TEXT" };
        return runner.Runs(
            new Command(verb, description) { incidents, note },
            async (session, cancellation) =>
            {
                string text = session.Arguments.GetValue(note) ?? "";
                foreach (string incident in session.Arguments.GetRequiredValue(incidents).Distinct())
                {
                    IMessage response = await act(session.Client.Incidents, incident, text, cancellation)
                        .ConfigureAwait(false);
                    session.PrintLine(response, () => $"incident {ResourceNames.Short(incident)} is {done}");
                }
            });
    }

    private static void Write(Terminal terminal, ListIncidentsResponse response, DateTimeOffset now)
    {
        var table = new TextTable("INCIDENT", "STATE", "REASON", "SUBJECT", ">COUNT", ">LAST SEEN", "MESSAGE");
        foreach (Incident one in response.Incidents)
        {
            table.Add(
                ResourceNames.Short(one.Name),
                new Cell(Humane.Word(one.State), ToneOf(one)),
                one.Reason,
                one.Subject,
                Humane.Count(one.Count),
                Humane.Age(one.LastSeenTime, now),
                one.Message);
        }

        table.WriteTo(terminal, "no incidents");
    }

    private static void Write(Terminal terminal, Incident incident, DateTimeOffset now)
    {
        terminal.Out.WriteLine($"incident {ResourceNames.Short(incident.Name)}: {incident.Reason}, {incident.Subject}");
        terminal.Out.WriteLine(
            $"state    {Humane.Word(incident.State)} for {Humane.Age(incident.StateTime, now)}"
            + (incident.Note.Length > 0 ? $" ({incident.Note})" : ""));
        terminal.Out.WriteLine(
            $"seen     {Humane.Count(incident.Count)} times, first {Humane.Age(incident.FirstSeenTime, now)} ago, "
            + $"last {Humane.Age(incident.LastSeenTime, now)} ago");
        terminal.Out.WriteLine($"what     {incident.Message}");
        terminal.Out.WriteLine($"to do    {incident.Advice}");
    }

    private static Tone ToneOf(Incident incident) => incident.State switch
    {
        IncidentState.Resolved => Tone.Good,
        IncidentState.Acknowledged => Tone.Warning,
        _ => incident.Level == EventLevel.Crit ? Tone.Bad : Tone.Warning,
    };
}
