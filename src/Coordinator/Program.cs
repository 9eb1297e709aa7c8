using Millrace.Coordinator.Hosting;

return await CoordinatorHost.RunAsync(args, CancellationToken.None);
