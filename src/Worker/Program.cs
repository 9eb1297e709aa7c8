using Millrace.Worker.Hosting;

return await WorkerHost.RunAsync(args).ConfigureAwait(false);
