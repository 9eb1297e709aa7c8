using System.CommandLine;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Cli.Cluster;

/// <summary>What happened to the cluster.</summary>
internal static class EventsCommand
{
    private const int ReasonWidth = 20;
    private const int SubjectWidth = 24;

    public static Command Create(CommandRunner runner) => new("events", "What happened to the cluster.")
    {
        Tail(runner),
    };

    private static Command Tail(CommandRunner runner)
    {
        var count = new Option<int>("--lines", "-n")
        {
            Description = "How many of the newest events to show.",
            DefaultValueFactory = _ => 10,
            HelpName = "N",
        };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with new events as they come." };
        return runner.Runs(
            new Command("tail", "Shows the cluster's newest events.") { count, follow },
            async (session, cancellation) =>
            {
                ListEventsResponse known =
                    await session.Client.Admin.ListEventsAsync(cancellation).ConfigureAwait(false);
                foreach (ClusterEvent one in known.Events
                    .OrderBy(e => e.Revision).TakeLast(Math.Max(0, session.Arguments.GetValue(count))))
                {
                    Show(session, one);
                }

                if (session.Arguments.GetValue(follow))
                {
                    await FollowAsync(session, known, cancellation).ConfigureAwait(false);
                }
            });
    }

    private static async Task FollowAsync(Session session, ListEventsResponse known, CancellationToken cancellation)
    {
        ulong last = known.Events.Select(e => e.Revision).DefaultIfEmpty().Max();
        await foreach (ClusterEvent one in session.Client.Admin.WatchEventsAsync(cancellation).ConfigureAwait(false))
        {
            if (one.Revision > last)
            {
                Show(session, one);
                await session.Terminal.Out.FlushAsync(cancellation).ConfigureAwait(false);
            }
        }
    }

    private static void Show(Session session, ClusterEvent one) => session.PrintLine(
        one,
        () => $"{one.EventTime?.ToDateTimeOffset():HH:mm:ss.fff} {Humane.Word(one.Level),-4} "
            + $"{one.Reason.PadRight(ReasonWidth)}  {one.Subject.PadRight(SubjectWidth)}  {one.Message}");
}
