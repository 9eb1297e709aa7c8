namespace Millrace.Common.Files;

/// <summary>For threads that are never in a hurry.</summary>
public static class IdlePriority
{
    /// <summary>The disk and the processor serve the calling thread after everybody else from now on, where the system
    /// knows how.</summary>
    public static void Take()
    {
        const int thread = 1;
        const int idleClass = 3 << 13;
        const int leastNice = 19;
        if (Posix.SetIoPriorityCall > 0)
        {
            _ = Posix.Call(Posix.SetIoPriorityCall, thread, 0, idleClass);
        }

        _ = Posix.SetPriority(0, 0, leastNice);
    }
}
