namespace Millrace.Cli.Dev;

/// <summary>How to start a cluster on this machine.</summary>
/// <param name="Directory">Null: a temporary one, deleted at the end.</param>
/// <param name="GrpcPort">0: any free one.</param>
/// <param name="HttpPort">0: any free one.</param>
internal sealed record DevOptions(int Workers, string? Directory, int GrpcPort, int HttpPort);
