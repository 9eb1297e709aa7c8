namespace Millrace.Common.Processes;

/// <summary>
/// How long to wait before a child that died is started again: not at all if it had lived, else longer each time, and
/// never as long as another one whose child died at the same moment.
/// </summary>
public sealed class RestartPolicy(Random random)
{
    private static readonly TimeSpan _lived = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _first = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _most = TimeSpan.FromSeconds(10);

    private TimeSpan _next = TimeSpan.Zero;

    public TimeSpan AfterLifeOf(TimeSpan life)
    {
        if (life >= _lived)
        {
            _next = TimeSpan.Zero;
        }

        TimeSpan wait = _next;
        TimeSpan doubled = _next == TimeSpan.Zero ? _first : _next * 2;
        _next = doubled < _most ? doubled : _most;
        return wait * (0.75 + (random.NextDouble() / 4));
    }
}
