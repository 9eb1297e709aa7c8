using System.CommandLine;
using Google.Protobuf;
using Millrace.Cli.Output;
using Millrace.Client;

namespace Millrace.Cli.Running;

/// <summary>One run of one command: its arguments, where it prints, and the cluster it talks to.</summary>
internal sealed class Session(ParseResult arguments, Terminal terminal, OutputFormat format, string server)
    : IDisposable
{
    private MillraceClient? _client;

    public ParseResult Arguments { get; } = arguments;

    public Terminal Terminal { get; } = terminal;

    public OutputFormat Format { get; } = format;

    /// <summary>As it was given.</summary>
    public string Server { get; } = server;

    public TimeProvider Time { get; } = TimeProvider.System;

    /// <summary>A person waits for the answer, so an unreachable coordinator is an error at once.</summary>
    public MillraceClient Client => _client ??=
        new MillraceClient(Server, new MillraceClientOptions { RetryFor = TimeSpan.Zero });

    /// <summary>The address, once the client has been used.</summary>
    public Uri? Address => _client?.Address;

    /// <summary>Prints the message as JSON, or what the function makes of it.</summary>
    public void Print(IMessage message, Action<Terminal> asText)
    {
        if (Format == OutputFormat.Json)
        {
            Terminal.Out.WriteLine(JsonText.Of(message));
        }
        else
        {
            asText(Terminal);
        }
    }

    /// <summary>Prints one of many messages, as one line of JSON or of text.</summary>
    public void PrintLine(IMessage message, Func<string> asText) =>
        Terminal.Out.WriteLine(Format == OutputFormat.Json ? JsonText.LineOf(message) : asText());

    /// <summary>Data, on standard output.</summary>
    public void Write(string text) => Terminal.Out.WriteLine(text);

    /// <summary>Anything else, on standard error.</summary>
    public void Say(string text) => Terminal.Error.WriteLine(text);

    public void Dispose() => _client?.Dispose();
}
