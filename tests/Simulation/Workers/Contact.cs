using Millrace.Simulation.Engine;
using Millrace.Simulation.Messages;
using Millrace.Simulation.Network;
using Millrace.Simulation.Nodes;

namespace Millrace.Simulation.Workers;

/// <summary>What really arrived at the coordinator's machine from one worker and from its spy: the truth that giving
/// the worker up is held against (V22). Knows nothing of what the coordinator makes of it.</summary>
internal sealed class Contact(World world)
{
    /// <summary>A coordinator that stands still for longer than this notices, and must not blame others.</summary>
    private const long StallUs = 600_000;

    private Line? _session;
    private Line? _watch;

    /// <summary>A worker's process has opened a control stream.</summary>
    public void Dialed(Life worker, StreamEnd stream) => _session = new Line(world, worker, stream);

    /// <summary>Its spy has opened a stream about it.</summary>
    public void Watched(Life worker, StreamEnd stream) => _watch = new Line(world, worker, stream);

    /// <summary>Why a worker that is given up now should not be; null: nothing speaks against it.</summary>
    /// <param name="by">The coordinator's process.</param>
    /// <param name="sinceUs">When that began.</param>
    /// <param name="readUs">What had arrived by then it has read.</param>
    public string? Contradicts(Life by, long sinceUs, long readUs)
    {
        long now = world.Scheduler.NowUs;
        long lease = (long)world.Options.Lease.TotalMicroseconds;
        long until = Math.Max(readUs, now - StallUs);
        // Before the first heartbeat it may be an earlier life of the worker that is given up.
        if (_session is not { Newest: > 0 } session || session.Worker.Ended || session.Server != by)
        {
            return null;
        }

        // Without anybody's word for the worker a broken stream is waited for less than a lease; with it as long.
        bool brokeLately = session.BrokenAtUs is { } broke && now - broke < lease * 8 / 10;
        if (!session.IsWhole && !brokeLately)
        {
            return null;
        }

        if (session.IsWhole && session.Last(now - (lease / 2), until) is { } heard)
        {
            return $"it lives, and said so {(now - heard) / 1000} ms before";
        }

        long silence = now - Math.Max(session.Newest, sinceUs);
        long patience = (long)world.Options.PausedLease.TotalMicroseconds * 9 / 10;
        bool vouched = _watch is { IsWhole: true } watch
            && watch.Worker == session.Worker
            && watch.Server == by
            // What it says of a worker that the coordinator does not know yet is about nobody.
            && watch.Last(Math.Max(now - (lease / 2), session.Oldest), until) is not null;
        return vouched && silence < patience
            ? $"it lives, its spy said so, and it was silent for no more than {silence / 1000} ms{Broken(session, now)}"
            : null;
    }

    private static string Broken(Line session, long now) => session.BrokenAtUs is { } broke
        ? $", after its stream broke {(now - broke) / 1000} ms before"
        : "";

    public override string ToString() => $"session {_session}, watch {_watch}";

    /// <summary>One stream and when the last signs of life arrived on it.</summary>
    private sealed class Line
    {
        private const int Kept = 64;

        private readonly Queue<long> _arrivals = new();
        private readonly StreamEnd _client;

        public Line(World world, Life worker, StreamEnd client)
        {
            Worker = worker;
            _client = client;
            client.Peer.Arrived = message =>
            {
                if (message is not (SessionHeartbeat or WatchSaid))
                {
                    return;
                }

                Newest = world.Scheduler.NowUs;
                Oldest = Oldest > 0 ? Oldest : Newest;
                _arrivals.Enqueue(Newest);
                if (_arrivals.Count > Kept)
                {
                    _arrivals.Dequeue();
                }
            };
        }

        public Life Worker { get; }

        /// <summary>The process at its other end; null: it was not accepted yet.</summary>
        public Life? Server => _client.Peer.Life;

        /// <summary>As the worker has it: whoever gives it up closes the stream in the same moment.</summary>
        public bool IsWhole => !_client.IsOver;

        /// <summary>When it broke; null: it has not.</summary>
        public long? BrokenAtUs => _client.BrokenAtUs;

        /// <summary>When the first one arrived; 0: none has.</summary>
        public long Oldest { get; private set; }

        /// <summary>When the last one arrived; 0: none has.</summary>
        public long Newest { get; private set; }

        public override string ToString() =>
            $"of {Worker}{(Worker.Ended ? " (ended)" : "")} with {Server}: {(IsWhole ? "whole" : "over")}, at {Newest}";

        /// <summary>The last arrival in a span of time; null: there was none.</summary>
        public long? Last(long fromUs, long untilUs)
        {
            long? last = null;
            foreach (long at in _arrivals)
            {
                last = at >= fromUs && at <= untilUs ? at : last;
            }

            return last;
        }
    }
}
