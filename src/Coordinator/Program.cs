using Millrace.Coordinator.Hosting;

return await CoordinatorHost.RunAsync(args, Console.Out, CancellationToken.None);
