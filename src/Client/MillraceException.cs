using Millrace.Common.Model;

namespace Millrace.Client;

/// <summary>Something was refused, or the coordinator could not be reached.</summary>
public sealed class MillraceException(Refusal refusal, Exception? inner = null) : Exception(refusal.Message, inner)
{
    /// <summary>What was refused and why, in stable words.</summary>
    public Refusal Refusal { get; } = refusal;

    /// <summary>A stable UPPER_SNAKE word, for example NO_SUCH_TOPIC.</summary>
    public string Reason => Refusal.Reason;
}
