// Answers for a custom resource, from inline code of a function with a Node.js runtime.

"use strict";

const https = require("node:https");

exports.SUCCESS = "SUCCESS";
exports.FAILED = "FAILED";

exports.send = (event, context, responseStatus, responseData, physicalResourceId, noEcho) => {
  const body = JSON.stringify({
    Status: responseStatus,
    Reason: `See the details in CloudWatch Log Stream: ${context.logStreamName}`,
    PhysicalResourceId: physicalResourceId || context.logStreamName,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    NoEcho: noEcho || false,
    Data: responseData,
  });
  const { hostname, pathname, search } = new URL(event.ResponseURL);
  const headers = { "content-type": "", "content-length": Buffer.byteLength(body) };
  const options = { hostname, path: pathname + search, method: "PUT", headers };
  return new Promise((resolve, reject) => {
    const request = https.request(options, (response) => {
      response.resume();
      context.done?.();
      resolve();
    });
    request.on("error", reject);
    request.end(body);
  });
};
