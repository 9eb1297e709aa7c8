using Microsoft.Extensions.Logging;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Dispatch;

/// <summary>What every data stream uses.</summary>
internal sealed record DispatchParts(
    FrameRing Ring,
    GrantTable Grants,
    IJournal Journal,
    DispatchLimits Limits,
    ILogger Log);
