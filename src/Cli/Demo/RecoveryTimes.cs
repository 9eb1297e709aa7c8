namespace Millrace.Cli.Demo;

/// <summary>How long after a kill things were well again.</summary>
/// <param name="Acked">The first ack came.</param>
/// <param name="Answered">Every task had applied what that ack stands for.</param>
/// <param name="Running">And every task said that it runs.</param>
internal sealed record RecoveryTimes(TimeSpan Acked, TimeSpan Answered, TimeSpan Running)
{
    public override string ToString() =>
        $"{Running.TotalMilliseconds:0} ms (ack after {Acked.TotalMilliseconds:0} ms, all counts complete after "
        + $"{Answered.TotalMilliseconds:0} ms)";
}
