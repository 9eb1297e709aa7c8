using Microsoft.Extensions.Logging;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Ingest;

/// <summary>What every publishing call uses.</summary>
internal sealed record IngestParts(
    IControlLoop Loop,
    IBatchIntake Intake,
    IngestGates Gates,
    BatchPool Pool,
    BatchScanner Scanner,
    HotKeys HotKeys,
    IngestLimits Limits,
    ILogger Log);
