using Millrace.Common.Hosting;
using Millrace.Coordinator.Hosting;

return CoordinatorHost.Help.Answers(args, Console.Out)
    ? ExitCodes.Ok
    : await CoordinatorHost.RunAsync(args, CancellationToken.None);
