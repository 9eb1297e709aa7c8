namespace Millrace.Simulation.Engine;

/// <summary>One life of a simulated process. What is scheduled for a life that has ended never happens; what falls due
/// while it is paused happens, in order, when it goes on.</summary>
internal sealed class Life(string node, int number)
{
    public string Node { get; } = node;

    public int Number { get; } = number;

    public bool Ended { get; private set; }

    public bool Paused { get; private set; }

    /// <summary>Steps that fell due during the pause, oldest first.</summary>
    public Queue<Action> Overdue { get; } = new();

    public void End()
    {
        Ended = true;
        Overdue.Clear();
    }

    public void Pause() => Paused = true;

    public void Resume() => Paused = false;

    public override string ToString() => $"{Node}#{Number}";
}
