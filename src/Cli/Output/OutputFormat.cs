namespace Millrace.Cli.Output;

internal enum OutputFormat
{
    /// <summary>Aligned columns for people.</summary>
    Table,

    /// <summary>The full API message in proto-JSON; 64-bit integers are strings there.</summary>
    Json,
}
