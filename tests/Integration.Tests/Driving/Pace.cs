using System.Diagnostics;
using Millrace.Integration.Tests.Processes;

namespace Millrace.Integration.Tests.Driving;

/// <summary>Holds a producer back to a steady rate; what a fault held up is not made up for in one burst.</summary>
/// <param name="perSecond">Events; 0: as fast as it goes.</param>
internal sealed class Pace(long perSecond)
{
    private static readonly TimeSpan _most = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _least = TimeSpan.FromMilliseconds(5);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _due;

    /// <summary>Waits until so many more events may be sent.</summary>
    public async ValueTask WaitAsync(int events, CancellationToken cancellation)
    {
        if (perSecond == 0)
        {
            return;
        }

        TimeSpan now = _clock.Elapsed;
        _due = (_due > now - _most ? _due : now - _most) + TimeSpan.FromSeconds((double)events / perSecond);
        if (_due - now > _least)
        {
            await Wait.ForAsync(_due - now, cancellation);
        }
    }
}
