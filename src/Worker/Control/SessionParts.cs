using Microsoft.Extensions.Logging;
using Millrace.Worker.Run;

namespace Millrace.Worker.Control;

/// <summary>What sessions are made with.</summary>
internal sealed record SessionParts(
    IReadOnlyList<ISessionStream> Streams, CurrentConnections Current, WorkerClock Clock, ILogger Logger);
