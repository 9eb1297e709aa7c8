using Millrace.Common.Model;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Topics;

namespace Millrace.Coordinator.Loop;

/// <summary>Where the RPC services hand inputs to, and what they may read.</summary>
internal interface IControlLoop
{
    ulong Incarnation { get; }

    /// <summary>The topics that are durable. Safe to read from any thread.</summary>
    Routing Routing { get; }

    /// <summary>Queues an input that is answered, if at all, by messages to a session.</summary>
    ValueTask PostAsync(Input input, CancellationToken cancellation);

    /// <summary>Queues an input that is answered by a Reply and returns its result once it is durable.</summary>
    /// <param name="input">Makes the input from the call number that the loop chose.</param>
    /// <exception cref="RefusalException">The machine refused.</exception>
    Task<T> AskAsync<T>(Func<long, Input> input, CancellationToken cancellation);

    /// <summary>Registers where messages to a session go. Delivered in order, on the loop: must return at
    /// once.</summary>
    void OpenSession(ulong session, ISessionSink sink);

    void CloseSession(ulong session);
}

/// <summary>The sending half of one control stream: a bounded queue in front of its write loop.</summary>
internal interface ISessionSink
{
    /// <summary>False when the queue is full: the session is then given up.</summary>
    bool TrySend(ToWorker message);

    bool TrySendHeartbeatAck(ulong sequence);

    void End(Refusal why);
}
