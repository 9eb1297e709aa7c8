namespace Millrace.Common.Hosting;

/// <summary>Why a process does not start, in words for the person who started it; printed without a stack
/// trace.</summary>
/// <param name="what">What is wrong, naming the thing at fault.</param>
/// <param name="why">The cause. Empty: nothing to add.</param>
/// <param name="tryThis">What to do about it. Empty: nothing to suggest.</param>
/// <param name="code">A stable UPPER_SNAKE word.</param>
/// <param name="exitCode">One of <see cref="ExitCodes"/>.</param>
public sealed class StartupException(string what, string why, string tryThis, string code, int exitCode)
    : Exception(what)
{
    public string What { get; } = what;

    public string Why { get; } = why;

    public string Try { get; } = tryThis;

    public string Code { get; } = code;

    public int ExitCode { get; } = exitCode;

    /// <summary>Writes what / why / try / code, one line each, leaving out the empty ones.</summary>
    public void PrintTo(TextWriter output)
    {
        output.WriteLine(What);
        Line("why", Why);
        Line("try", Try);
        Line("code", Code);

        void Line(string label, string text)
        {
            if (text.Length > 0)
            {
                output.WriteLine($"  {label + ":",-6}{text}");
            }
        }
    }
}
