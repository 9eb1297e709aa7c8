using Millrace.Coordinator.Core.Incidents;

namespace Millrace.Coordinator.Scrub;

/// <summary>How far the scrub has come.</summary>
/// <param name="Passes">How often everything was looked over since the start.</param>
/// <param name="Bytes">How many bytes were read since the start.</param>
/// <param name="LastPass">When the last whole pass ended; null: there has been none since the start.</param>
internal sealed record ScrubStatus(ulong Passes, ulong Bytes, DateTimeOffset? LastPass)
{
    public static ScrubStatus None { get; } = new(0, 0, null);
}

/// <summary>Passes over everything again and again, a piece at a time, no faster than it may. One thread steps; any may
/// ask for the status.</summary>
/// <param name="found">Is told of damage; returns at once.</param>
internal sealed class ScrubWalk(
    IReadOnlyList<IScrubbed> all, ScrubOptions options, TimeProvider time, Action<DamageFound> found) : IDisposable
{
    private IEnumerator<ScrubPiece>? _pass;
    private long _passBegan;
    private volatile ScrubStatus _status = ScrubStatus.None;

    public ScrubStatus Status => _status;

    /// <summary>Reads the next piece.</summary>
    /// <returns>How long to wait before the next step.</returns>
    public TimeSpan Step()
    {
        if (_pass is null)
        {
            _passBegan = time.GetTimestamp();
            _pass = all.SelectMany(one => one.Pass()).GetEnumerator();
        }

        if (!_pass.MoveNext())
        {
            Abandon();
            _status = _status with { Passes = _status.Passes + 1, LastPass = time.GetUtcNow() };
            TimeSpan left = options.Interval - time.GetElapsedTime(_passBegan);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }

        ScrubPiece piece = _pass.Current;
        _status = _status with { Bytes = _status.Bytes + (ulong)piece.Bytes };
        if (piece.Damage is { } damage)
        {
            found(damage);
        }

        return TimeSpan.FromSeconds((double)piece.Bytes / options.BytesPerSecond);
    }

    /// <summary>The next step begins a new pass.</summary>
    public void Abandon()
    {
        _pass?.Dispose();
        _pass = null;
    }

    public void Dispose() => Abandon();
}
