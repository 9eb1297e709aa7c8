using System.Text.Json;

namespace Millrace.Cli.Output;

/// <summary>Why a command did not do what it was asked: what, why, what to try, and a stable code.</summary>
/// <param name="Why">Empty: nothing to add.</param>
/// <param name="Try">Empty: nothing to suggest.</param>
internal sealed record Failure(string What, string Why, string Try, string Code, int Exit)
{
    public void WriteTo(TextWriter output, OutputFormat format)
    {
        if (format == OutputFormat.Json)
        {
            var error = new { what = What, why = Why, @try = Try, code = Code };
            output.WriteLine(JsonSerializer.Serialize(new { error }, JsonText.Options));
            return;
        }

        output.WriteLine("error: " + What);
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
