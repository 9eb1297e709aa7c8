using Millrace.Simulation.Engine;

namespace Millrace.Simulation.Network;

/// <summary>
/// Ordered streams between processes. A stream delivers a prefix of what was sent and may then break; the two ends
/// learn of it at different times. A cut between two machines holds messages back, as a transport that retransmits
/// does, until it heals or the stream breaks.
/// </summary>
internal sealed class SimNetwork(Scheduler scheduler, SimRandom random, NetworkLimits limits)
{
    private readonly List<SimStream> _streams = [];
    private readonly HashSet<(string From, string To)> _blocked = [];

    public Scheduler Scheduler => scheduler;

    public IReadOnlyList<SimStream> Streams => _streams;

    /// <summary>A fault may make everything take this many times as long.</summary>
    public int SlowDown { get; set; } = 1;

    public bool IsBlocked(string from, string to) => _blocked.Contains((from, to));

    /// <summary>Holds back everything from one machine to another until it is unblocked; streams that stay blocked for
    /// long break.</summary>
    public void Block(string from, string to)
    {
        if (_blocked.Add((from, to)))
        {
            scheduler.After(random.Between(limits.SilentUs / 2, limits.SilentUs), () => GiveUp(from, to));
        }
    }

    public void Unblock(string from, string to)
    {
        if (_blocked.Remove((from, to)))
        {
            foreach (SimStream stream in _streams.ToArray())
            {
                stream.ReleaseHeld(from, to);
            }
        }
    }

    public void UnblockAll()
    {
        foreach ((string from, string to) in _blocked.Order().ToArray())
        {
            Unblock(from, to);
        }
    }

    /// <summary>Opens a stream. The server's end is handed to <paramref name="accept"/> when the opening arrives; when
    /// the server is not there, the client's end breaks instead.</summary>
    public StreamEnd Connect(Life client, string server, Func<Life?> serverLife, Action<StreamEnd> accept)
    {
        var stream = new SimStream(this, client, server);
        _streams.Add(stream);
        scheduler.After(Latency(), () => stream.Open(serverLife(), accept));
        return stream.Client;
    }

    /// <summary>A process is gone. Its machine closes its streams at once, or, when the machine is gone too, the others
    /// notice much later.</summary>
    public void EndLife(Life life, bool silent)
    {
        foreach (SimStream stream in _streams.ToArray())
        {
            if (stream.Client.Life == life || stream.Server.Life == life)
            {
                stream.Break(silent ? random.Between(limits.SilentUs / 4, limits.SilentUs) : Latency());
            }
        }
    }

    internal long Latency() => random.Between(limits.MinLatencyUs, limits.MaxLatencyUs) * SlowDown;

    /// <summary>How many of the messages under way still arrive when a stream breaks: any prefix.</summary>
    internal int Prefix(int underWay) => underWay == 0 ? 0 : random.Below(underWay + 1);

    /// <summary>How much later the second end learns that a stream broke.</summary>
    internal long NoticeDelay() => random.Between(limits.MinLatencyUs, limits.SilentUs / 8);

    internal void Forget(SimStream stream) => _streams.Remove(stream);

    private void GiveUp(string from, string to)
    {
        if (!IsBlocked(from, to))
        {
            return;
        }

        foreach (SimStream stream in _streams.ToArray())
        {
            if (stream.Joins(from, to))
            {
                stream.Break(Latency());
            }
        }
    }
}

/// <param name="MinLatencyUs">Shortest time a message takes, in microseconds.</param>
/// <param name="MaxLatencyUs">Longest time, when nothing is wrong.</param>
/// <param name="SilentUs">Longest time until the end of a machine is noticed by a transport.</param>
internal sealed record NetworkLimits(long MinLatencyUs, long MaxLatencyUs, long SilentUs);
