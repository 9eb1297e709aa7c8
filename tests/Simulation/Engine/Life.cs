namespace Millrace.Simulation.Engine;

/// <summary>One life of a simulated process. What is scheduled for a life that has ended never happens; what falls due
/// while it is paused happens, in order, when it goes on.</summary>
/// <param name="machine">Null: one of the same name.</param>
internal sealed class Life(string node, int number, string? machine = null)
{
    public string Node { get; } = node;

    public string Machine { get; } = machine ?? node;

    public int Number { get; } = number;

    public bool Ended { get; private set; }

    public bool Paused { get; private set; }

    /// <summary>The pause can be seen from outside, as that by a signal.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Paused, resumed or ended.</summary>
    public event Action? Changed;

    /// <summary>Steps that fell due during the pause, oldest first.</summary>
    public Queue<(Action<object> Action, object Argument)> Overdue { get; } = new();

    public void End()
    {
        Ended = true;
        Overdue.Clear();
        Changed?.Invoke();
    }

    /// <param name="stopped">By a signal.</param>
    public void Pause(bool stopped = false)
    {
        (Paused, IsStopped) = (true, stopped);
        Changed?.Invoke();
    }

    public void Resume()
    {
        (Paused, IsStopped) = (false, false);
        Changed?.Invoke();
    }

    public override string ToString() => $"{Node}#{Number}";
}
