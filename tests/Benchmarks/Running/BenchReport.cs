using System.Text.Json;

namespace Millrace.Benchmarks.Running;

/// <summary>A bench's rows for programs: a JSON array.</summary>
internal static class BenchReport
{
    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true };

    /// <param name="file">Null: nobody asked for it.</param>
    public static async Task WriteAsync<T>(string? file, IReadOnlyList<T> rows, CancellationToken cancellation)
    {
        if (file is not null)
        {
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(rows, _indented) + "\n", cancellation);
        }
    }
}
