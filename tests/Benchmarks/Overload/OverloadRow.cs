namespace Millrace.Benchmarks.Overload;

/// <summary>What came of three times too much.</summary>
internal sealed record OverloadRow
{
    /// <summary>Acknowledged events per second of 4, 16 or 64 producers that send as fast as they are let.</summary>
    public required double PeakPerSecond { get; init; }

    /// <summary>Offered per second under overload.</summary>
    public required double OfferedPerSecond { get; init; }

    /// <summary>Acknowledged per second meanwhile.</summary>
    public required double GoodputPerSecond { get; init; }

    public double Ratio => GoodputPerSecond / PeakPerSecond;

    /// <summary>Dropped at the source, as there was no room in the client.</summary>
    public required long Dropped { get; init; }

    public required double AckP99BeforeMs { get; init; }

    public required double AckP99DuringMs { get; init; }

    public required double AckP99AfterMs { get; init; }

    /// <summary>From the end of the overload until acks are as before, for good; in seconds.</summary>
    public required double NormalAfterSeconds { get; init; }

    /// <summary>From the end of the overload until workers had applied all of it; in seconds.</summary>
    public required double AppliedAfterSeconds { get; init; }

    /// <summary>Of the coordinator, in MiB: before, and at most.</summary>
    public required double MemoryBeforeMiB { get; init; }

    /// <inheritdoc cref="MemoryBeforeMiB"/>
    public required double MemoryMostMiB { get; init; }

    /// <summary>Refused with OVERLOADED.</summary>
    public required ulong Refused { get; init; }

    /// <summary>Workers that were given up, for whatever reason: nobody ails here but by the load.</summary>
    public required int WorkersLost { get; init; }

    /// <summary>The slowest admin call under overload, in milliseconds.</summary>
    public required double SlowestStatusMs { get; init; }

    /// <summary>Every key was counted as often as it was sent.</summary>
    public required bool Exact { get; init; }
}
