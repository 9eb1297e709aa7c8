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
                int lines = Math.Max(0, session.Arguments.GetValue(count));
                if (session.Arguments.GetValue(follow))
                {
                    await FollowAsync(session, lines, cancellation).ConfigureAwait(false);
                }
                else
                {
                    await ShowNewestAsync(session, lines, cancellation).ConfigureAwait(false);
                }
            });
    }

    /// <returns>The newest revision.</returns>
    private static async Task<ulong> ShowNewestAsync(Session session, int lines, CancellationToken cancellation)
    {
        ListEventsResponse known = await session.Client.Admin.ListEventsAsync(cancellation).ConfigureAwait(false);
        foreach (ClusterEvent one in known.Events.OrderBy(e => e.Revision).TakeLast(lines))
        {
            Show(session, one);
        }

        return known.Events.Select(e => e.Revision).DefaultIfEmpty().Max();
    }

    /// <summary>The watch is opened before the list is asked for, so that nothing falls between the two.</summary>
    private static async Task FollowAsync(Session session, int lines, CancellationToken cancellation)
    {
        IAsyncEnumerator<ClusterEvent> watch =
            session.Client.Admin.WatchEventsAsync(cancellation).GetAsyncEnumerator(cancellation);
        await using (watch.ConfigureAwait(false))
        {
            Task<bool> next = watch.MoveNextAsync().AsTask();
            ulong last = await ShowNewestAsync(session, lines, cancellation).ConfigureAwait(false);
            for (; await next.ConfigureAwait(false); next = watch.MoveNextAsync().AsTask())
            {
                if (watch.Current.Revision > last)
                {
                    Show(session, watch.Current);
                    await session.Terminal.Out.FlushAsync(cancellation).ConfigureAwait(false);
                }
            }
        }
    }

    private static void Show(Session session, ClusterEvent one) => session.PrintLine(
        one,
        () => $"{one.EventTime?.ToDateTimeOffset():HH:mm:ss.fff} {Humane.Word(one.Level),-4} "
            + $"{one.Reason.PadRight(ReasonWidth)}  {one.Subject.PadRight(SubjectWidth)}  {one.Message}");
}
