using System.IO.Pipes;

namespace Millrace.Cli.Dev;

/// <summary>
/// How other commands speak to a running `millrace dev`: one line asked, one line answered, over a pipe that is named
/// after its process and that only its user may open.
/// </summary>
internal static class DevControl
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    /// <summary>Serves requests until cancelled.</summary>
    public static async Task ServeAsync(Func<string, string> answer, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            await using var pipe = new NamedPipeServerStream(
                Name(Environment.ProcessId),
                PipeDirection.InOut,
                1,
                PipeTransmissionMode.Byte,
                PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
            try
            {
                await pipe.WaitForConnectionAsync(cancellation).ConfigureAwait(false);
                using var reader = new StreamReader(pipe, leaveOpen: true);
                await using var writer = new StreamWriter(pipe, leaveOpen: true) { AutoFlush = true };
                string? request = await reader.ReadLineAsync(cancellation).ConfigureAwait(false);
                await writer.WriteLineAsync(answer(request ?? "")).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (IOException)
            {
                continue;
            }
        }
    }

    /// <summary>Null: that process does not answer.</summary>
    public static async Task<string?> AskAsync(int pid, string request, CancellationToken cancellation)
    {
        await using var pipe = new NamedPipeClientStream(
            ".", Name(pid), PipeDirection.InOut, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
        try
        {
            await pipe.ConnectAsync(_patience, cancellation).ConfigureAwait(false);
            await using var writer = new StreamWriter(pipe, leaveOpen: true) { AutoFlush = true };
            using var reader = new StreamReader(pipe, leaveOpen: true);
            await writer.WriteLineAsync(request).ConfigureAwait(false);
            return await reader.ReadLineAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or TimeoutException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Name(int pid) => $"millrace-dev-{pid}";
}
