namespace Millrace.Coordinator.Core.Health;

/// <summary>How often one worker fell of late, through all of its lives, and for how long it is trusted with nothing
/// new because of that: longer each time, until it has lasted through a probation.</summary>
internal sealed class FlapHistory
{
    private readonly Queue<TimeSpan> _falls = new();
    private TimeSpan _probationEnds;
    private int _times;

    /// <summary>When the quarantine ends; null: there is none.</summary>
    public TimeSpan? Until { get; private set; }

    public bool IsOn => Until is not null;

    /// <summary>It was given up, or came back as another process without having said goodbye.</summary>
    /// <returns>Whether that was once too often.</returns>
    public bool Fell(TimeSpan now, DetectionPolicy policy)
    {
        while (_falls.TryPeek(out TimeSpan oldest) && now - oldest > policy.FlapWindow)
        {
            _falls.Dequeue();
        }

        _falls.Enqueue(now);
        return !IsOn && (_falls.Count >= policy.FlapFalls || IsOnProbation(now));
    }

    /// <returns>For how long.</returns>
    public TimeSpan Begin(TimeSpan now, DetectionPolicy policy)
    {
        _times = IsOnProbation(now) ? _times + 1 : 1;
        TimeSpan length = policy.FirstQuarantine;
        for (int i = 1; i < _times && length < policy.LongestQuarantine; i++)
        {
            length *= 2;
        }

        length = length < policy.LongestQuarantine ? length : policy.LongestQuarantine;
        Until = now + length;
        _probationEnds = now + (length * 2);
        _falls.Clear();
        return length;
    }

    /// <summary>The quarantine is over, the probation is not.</summary>
    public void End() => Until = null;

    /// <summary>An operator trusts it again: everything is forgotten.</summary>
    public void Forget()
    {
        End();
        _falls.Clear();
        _times = 0;
    }

    private bool IsOnProbation(TimeSpan now) => _times > 0 && now < _probationEnds;
}
