namespace Millrace.Worker.Control;

/// <summary>A further stream that lives as long as a session: the data stream and the one for questions.</summary>
internal interface ISessionStream
{
    /// <summary>Runs until cancelled; opens itself again when it breaks. The first stream is asked for before this
    /// returns for the first time.</summary>
    Task RunAsync(OpenSession session, CancellationToken cancellation);
}
