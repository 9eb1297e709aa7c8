using Millrace.Cli;
using Millrace.Cli.Output;

return await CommandTree.RunAsync(args, Terminal.OfProcess()).ConfigureAwait(false);
