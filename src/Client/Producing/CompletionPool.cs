namespace Millrace.Client.Producing;

/// <summary>Spare completions, so that a send allocates nothing.</summary>
internal sealed class CompletionPool
{
    private const int Most = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly Stack<SendCompletion> _spare = [];

    public SendCompletion Rent()
    {
        lock (_gate)
        {
            if (_spare.TryPop(out SendCompletion? completion))
            {
                return completion;
            }
        }

        return new SendCompletion(this);
    }

    public void Return(SendCompletion completion)
    {
        lock (_gate)
        {
            if (_spare.Count < Most)
            {
                _spare.Push(completion);
            }
        }
    }
}
