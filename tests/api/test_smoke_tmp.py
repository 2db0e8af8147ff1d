import time
def test_all(served):
    for m,p,b in [("GET","/",None),("GET","/ready",None),("GET","/metrics",None),("GET","/docs",None),("GET","/openapi.json",None),
      ("GET","/api/v1/runs",None),("GET","/api/v1/runs/current",None),("GET","/api/v1/runs/current/summary",None),("GET","/api/v1/runs/current/diagnostics",None),
      ("GET","/api/v1/runs/current/contributions",None),("GET","/api/v1/runs/current/roi",None),("GET","/api/v1/runs/current/response-curves",None),("GET","/api/v1/runs/current/report.html",None),
      ("GET","/api/v1/runs/current/events",None),("GET","/api/v1/datasets",None),("GET","/api/v1/datasets/project",None),("GET","/api/v1/specs",None),("GET","/api/v1/specs/mediamix",None),("GET","/api/v1/checks",None),
      ("POST","/api/v1/runs/current/optimize",{"anyway":True}),("POST","/api/v1/runs/current/target",{"target":{"roi":1.2},"anyway":True}),("POST","/api/v1/runs/current/scenarios",{"anyway":True}),
      ("POST","/api/v1/runs/current/what-if",{"what_ifs":{"x":{"without":"tv"}},"anyway":True}),("POST","/api/v1/runs/current/predict",{"periods":4,"anyway":True}),("POST","/api/v1/runs/current/flight",{"periods":4,"anyway":True}),
      ("POST","/predict",{"date":"2027-01-01"}),("GET","/api/v1/runs/current/report.pdf",None),
      ]:
        c=time.process_time(); w=time.time()
        r=served.call(m,p,**({} if b is None else {"json":b}))
        print(m,p,r.status_code, len(r.content), round(time.process_time()-c,2), round(time.time()-w,2), '' if r.status_code<400 else r.text[:600])
