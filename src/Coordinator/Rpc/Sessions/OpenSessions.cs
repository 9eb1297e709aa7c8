using System.Collections.Concurrent;
using Millrace.Common.Model;
using Proto = Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Rpc.Sessions;

/// <summary>The control streams that are open, so that a worker's other streams can show which one they belong
/// to.</summary>
/// <param name="incarnation">The coordinator's: a number from an earlier life must never be taken for one of
/// this.</param>
internal sealed class OpenSessions(ulong incarnation)
{
    private const int CounterBits = 32;

    private readonly ConcurrentDictionary<ulong, OpenSession> _open = new();
    private long _lastNumber = (long)(incarnation << CounterBits);

    /// <summary>Numbers rise and are never used again.</summary>
    public OpenSession Add(string worker, ulong workerIncarnation)
    {
        var session = new OpenSession((ulong)Interlocked.Increment(ref _lastNumber), worker, workerIncarnation);
        _open[session.Number] = session;
        return session;
    }

    public void Remove(OpenSession session)
    {
        _open.TryRemove(session.Number, out _);
        session.Closed.Cancel();
    }

    /// <exception cref="RefusalException">STALE_SESSION: it is not open, or is another worker's.</exception>
    public OpenSession Require(Proto.FetchOpen open) =>
        _open.TryGetValue(open.SessionId, out OpenSession? session)
        && session.Worker == open.Worker
        && session.Incarnation == open.Incarnation
            ? session
            : throw new RefusalException(new Refusal(
                RefusalKind.Aborted,
                "STALE_SESSION",
                $"Worker {open.Worker} has no open session {open.SessionId}; open a control stream first.")
            {
                Metadata = new Dictionary<string, string> { ["session"] = $"{open.SessionId}" },
            });
}

/// <summary>One open control stream.</summary>
internal sealed record OpenSession(ulong Number, string Worker, ulong Incarnation)
{
    /// <summary>Cancelled when the control stream is over. Never disposed of: it holds no timer.</summary>
    public CancellationTokenSource Closed { get; } = new();
}
