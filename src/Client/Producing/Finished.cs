namespace Millrace.Client.Producing;

/// <summary>A send whose outcome is known. Collected under the producer's lock and told after it is released.</summary>
internal readonly record struct Finished(SendCompletion Completion, Ack Ack, Exception? Error)
{
    /// <summary>Tells all of them and empties the list.</summary>
    public static void Tell(List<Finished> finished)
    {
        foreach (Finished one in finished)
        {
            if (one.Error is null)
            {
                one.Completion.Succeed(one.Ack);
            }
            else
            {
                one.Completion.Fail(one.Error);
            }
        }

        finished.Clear();
    }
}
